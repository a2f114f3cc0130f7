// What views of the old kind import from here.
export const ffn = (dense = "MLP", sparse = "experts") => window.explorer?.store.run?.model.E ? sparse : dense;
