"""Why something is as it is: one enum, typed facts, and the words made from them. No decisions."""
