"""The starter backbone: pictures drawn by formula, and the training on them."""
