// What experts do: shares of the kinds of text, one expert's tokens and contexts, information against shuffled labels.
import { drawn } from "../js/drawn.js";
import * as expert from "./architectures/experts/expert.js";
import * as information from "./architectures/experts/information.js";
import * as kinds from "./architectures/experts/kinds.js";

export const views = {
  kinds: drawn(kinds, "kinds"),
  expert: drawn(expert, "expert"),
  information: drawn(information, "information"),
};
