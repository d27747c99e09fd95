// What keyboards and screen readers need beyond what the widgets and the theme give them.
"use strict";

// A slider's handle takes the name that stands before it and speaks the value that stands behind it.
function describeSliders() {
  for (const slider of document.querySelectorAll(".widget-slider")) {
    const name = slider.querySelector(".widget-label")?.textContent;
    const value = slider.querySelector(".widget-readout")?.textContent;
    for (const handle of slider.querySelectorAll("[role=slider]")) {
      change(handle, "aria-label", name);
      change(handle, "aria-valuetext", value);
    }
  }
}

// Writing only what is new keeps the observer below from calling itself for ever.
function change(element, attribute, text) {
  if (text && element.getAttribute(attribute) !== text) element.setAttribute(attribute, text);
}

// Without a kernel a label that has no tooltip gets the tooltip "null".
function removeEmptyTooltips() {
  for (const label of document.querySelectorAll(".widget-label[title=null]")) {
    label.removeAttribute("title");
  }
}

// A box that scrolls can be reached with Tab, and then scrolled with the arrow keys.
function reachScrollingBoxes() {
  for (const box of document.querySelectorAll("pre, .text_html, .math-wrapper, .table-wrapper")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
}

// The widget manager asks MathJax 2 for formulas in its labels; MathJax 3 answers.
function answerForMathJax2() {
  if (!window.MathJax) return;
  const typeset = (element) => MathJax.startup.promise.then(() => MathJax.typesetPromise([element]));
  MathJax.Hub = { Queue: ([, , element]) => typeset(element) };
}

function followWidgets() {
  describeSliders();
  removeEmptyTooltips();
}

document.addEventListener("DOMContentLoaded", answerForMathJax2);
window.addEventListener("load", () => {
  document.querySelector(".sidebar-drawer")?.setAttribute("aria-label", "Course");
  reachScrollingBoxes();
  followWidgets();
  for (const output of document.querySelectorAll(".cell_output")) {
    const watched = { childList: true, subtree: true, attributeFilter: ["aria-valuetext", "title"] };
    new MutationObserver(followWidgets).observe(output, watched);
  }
});
window.addEventListener("resize", reachScrollingBoxes);
