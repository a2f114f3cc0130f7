"""From a crawl to a training batch: one step a file, each a pure function of documents."""
