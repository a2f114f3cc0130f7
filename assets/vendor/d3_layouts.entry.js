// The layouts of d3 that few panels use: a first visit does without them.
export { hierarchy, tree } from "d3-hierarchy";
export { sankey } from "d3-sankey";
