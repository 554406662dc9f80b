"""Form data → the final PDF (Typst templates in resources/forms)."""
