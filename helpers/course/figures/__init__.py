"""Every static figure, a module for each notebook; ``style`` holds what they share."""
