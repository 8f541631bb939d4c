"""PDF files by Typst, with templates and fonts of their own; the one room of `typst`."""
