"""Picture files: what their headers say, their pixels, and skeletons painted on them."""
