"""Fine-tuning: adapters trained on the shelf's models, and measured on what was held out."""
