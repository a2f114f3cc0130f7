"""Systems: attention on real memory and on several machines, run and measured."""
