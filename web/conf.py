"""How Sphinx makes pages of the notebooks. `tools/build_site.py` lays out what it reads."""

project = "Asymmetric image retrieval"
author = "the course's authors"
copyright = "2026, the course's authors (MIT licence)"
language = "en"

extensions = ["myst_nb"]
exclude_patterns = ["*.jinja"]

# Notebooks are shown as they were saved.
nb_execution_mode = "off"
# Only worked solutions of exercises are collapsed.
nb_code_prompt_show = "Show the worked solution"
nb_code_prompt_hide = "Hide the worked solution"
nb_ipywidgets_js = {"widgets/embed.js": {}}
myst_enable_extensions = ["dollarmath"]

mathjax_path = "mathjax/tex-svg.js"
# The menu would fetch further parts of MathJax. Spoken formulas need no menu.
mathjax3_config = {"options": {"enableMenu": False}}

html_theme = "furo"
html_title = project
html_static_path = ["_static"]
html_css_files = ["course.css"]
html_js_files = ["course.js"]
html_copy_source = False
html_use_index = False
# A browser does not let a page that was opened from a folder read the text of other pages.
html_show_search_summary = False
pygments_style = "a11y-light"
pygments_dark_style = "a11y-dark"
