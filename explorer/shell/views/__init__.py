"""Views, rendered for the page: what they are drawn from, and what lies beside them."""
