// Three shapes: one sentence's attention in three kinds of models; what a changed word reaches; reading while writing.
import { drawn } from "../js/drawn.js";
import * as cross from "./architectures/three_shapes/cross.js";
import * as reach from "./architectures/three_shapes/reach.js";
import * as shapes from "./architectures/three_shapes/shapes.js";

export const views = {
  shapes: drawn(shapes, "shapes"),
  reach: drawn(reach, "reach"),
  cross: drawn(cross, "cross"),
};
