// Load balancing: two trainings of one router side by side, step by step; what balance costs; two stored trainings.
import { drawn } from "../js/drawn.js";
import * as price from "./architectures/balancing/price.js";
import * as recorded from "./architectures/balancing/recorded.js";
import * as training from "./architectures/balancing/training.js";

export const views = {
  training: drawn(training, "training"),
  price: drawn(price, "price"),
  recorded: drawn(recorded, "recorded"),
};
