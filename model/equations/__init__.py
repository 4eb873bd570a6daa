"""The equations of the economy in text: printed as the appendix, and tested against the constraints."""
