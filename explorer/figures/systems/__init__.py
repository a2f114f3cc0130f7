"""Systems: how attention meets a machine's memory."""
