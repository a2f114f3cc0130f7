// Positions: a rotation on this run's own queries and keys, the other answers, slower rotations, and what they are worth past the trained length.
import { rotation } from "./positions_rotation.js";
import { maps } from "./positions_maps.js";
import { reach, scaling } from "./positions_scaling.js";

export const views = { rotation, maps, scaling, reach };
