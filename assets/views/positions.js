// Positions: a rotation on this run's own queries and keys, the other answers, slower rotations, and what they are worth past the trained length.
import { drawn } from "../js/drawn.js";
import * as maps from "./embeddings/positions/maps.js";
import * as reach from "./embeddings/positions/reach.js";
import * as rotation from "./embeddings/positions/rotation.js";
import * as scaling from "./embeddings/positions/scaling.js";

export const views = {
  rotation: drawn(rotation, "rotation"),
  maps: drawn(maps, "maps"),
  scaling: drawn(scaling, "scaling"),
  reach: drawn(reach, "reach"),
};
