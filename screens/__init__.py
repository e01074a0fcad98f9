"""The screens of the wizard: one module a step, and the widgets they share."""
