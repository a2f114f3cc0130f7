"""Work in lines: heavy views in processes of their own, models in this one or in replicas."""
