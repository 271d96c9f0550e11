"""The yardsticks: what a good engineer writes by hand for one layout and one database, and what a hurried one writes.

Nothing here is used by the product, and nothing of the product's mapping, booking or writing is used here.
"""
