"""What can be said of an item: classes, boxes, polygons, masks, spans."""
