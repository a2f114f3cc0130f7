"""Fine-tuning: a trained model learns on."""
