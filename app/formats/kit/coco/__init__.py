"""JSON in the manner of COCO, which several formats share: lists larger than memory, and masks as it writes them."""
