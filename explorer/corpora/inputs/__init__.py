"""Documents as they come: archives of a crawl, folders of pages and texts, tables of rows.

Whatever is damaged or too large is set aside alone, with its reason, and reading goes on behind it.
"""
