"""The mechanisms of the kernels, one file each; every file is the text of its lesson."""
