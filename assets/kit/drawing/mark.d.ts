/** What pictures are made of: a plane, marks that draw on it, and how a mark says where it lies and how it looks. */
import type { TemplateResult } from "lit-html";
import type { Line } from "../tooltip";

/** What a picture needs of a d3 scale; it sets the range itself. */
export interface Scale {
  (value: number): number;
  domain(): number[];
  range(): number[];
  range(pixels: number[]): unknown;
  copy(): Scale;
  invert(pixel: number): number;
  ticks(count?: number): number[];
  tickFormat(count?: number, specifier?: string): (value: number) => string;
}

/** Where a picture's marks lie: its scales, and in pixels the part within its margins and all of it. */
export interface Plane {
  x: Scale;
  y: Scale;
  left: number;
  right: number;
  top: number;
  bottom: number;
  width: number;
  height: number;
  /** Whether the picture has the focus as a whole, so that its items have none. */
  walked: boolean;
  /** True for the first items that ask: Tab reaches one of a picture. */
  first(): boolean;
}

/** Draws on a plane, by itself or by further marks. A template lies where it says; what is false is left out. */
export type Mark = ((plane: Plane) => Mark) | TemplateResult | symbol | false | null | undefined | Mark[];

/** One value for all data, or one for each. */
export type Of<Datum, Value> = Value | ((datum: Datum, at: number) => Value);

/** A place on a scale, or from one to another. */
export type Span = number | readonly number[];

/** Colours are the names of the page's custom properties: ink, prob, river-deep. What a state changes is the
 * stylesheet's. */
export interface Look<Datum> {
  color?: Of<Datum, string>;
  /** The outline alone, or of a dot a ring over the ground. */
  hollow?: Of<Datum, boolean>;
  /** Pixels of the line: of a full dot, of the ground around it. */
  stroke?: Of<Datum, number>;
  dash?: Of<Datum, string | undefined>;
  className?: Of<Datum, string>;
}

/** Without data a mark is drawn once; `dx` and `dy` move it by pixels. */
export interface Placed<Datum> extends Look<Datum> {
  data?: Iterable<Datum>;
  dx?: Of<Datum, number>;
  dy?: Of<Datum, number>;
}

export interface Dot<Datum> extends Placed<Datum> {
  x: Of<Datum, number>;
  y: Of<Datum, number>;
  r?: Of<Datum, number>;
}

export interface Bar<Datum> extends Placed<Datum> {
  /** From one value to another, or its middle. */
  x: Of<Datum, Span>;
  y: Of<Datum, Span>;
  /** Pixels across, where only the middle is given. */
  thick?: Of<Datum, number>;
  /** Pixels that it keeps however small its value is. */
  least?: number;
  /** Pixels that are left free at its left and right. */
  gap?: number;
  rx?: number;
}

export interface Rule<Datum> extends Placed<Datum> {
  /** One of the two may be left out: then it reaches through the whole plane. */
  x?: Of<Datum, Span>;
  y?: Of<Datum, Span>;
  /** Pixels by which it reaches over the plane's top. */
  over?: number;
  /** Its name, and shorter ones. */
  label?: string[];
  /** The class of its name. */
  labelled?: string;
}

export interface Path<Datum> extends Placed<Datum> {
  data: Iterable<Datum>;
  x: (datum: Datum, at: number) => number;
  y: (datum: Datum, at: number) => number;
  color?: string;
  stroke?: number;
  dash?: string;
  className?: string;
}

export interface Area<Datum> extends Omit<Path<Datum>, "y"> {
  /** A value from nought, or from one to another. */
  y: (datum: Datum, at: number) => Span;
}

export interface Text<Datum> extends Placed<Datum> {
  x: Of<Datum, number>;
  y: Of<Datum, number>;
  text: Of<Datum, string | number>;
  anchor?: Of<Datum, "start" | "middle" | "end">;
}

/** Names beside dots of radius `r`, where they cover nothing; a line leads to those that stand away. */
export interface Labels<Datum> extends Placed<Datum> {
  data: Iterable<Datum>;
  x: Of<Datum, number>;
  y: Of<Datum, number>;
  r?: Of<Datum, number>;
  text: (datum: Datum) => string;
  /** Those with most get the best places. */
  rank?: (datum: Datum) => number;
  /** Further circles, in pixels, that names do not cover. */
  clear?: (plane: Plane) => { x: number; y: number; r: number }[];
  /** Pixels by which names may reach over the plane. */
  over?: { left?: number; right?: number; top?: number; bottom?: number };
}

/** What is told of a mark: in the tooltip, and to a screen reader, which reads `name` where it is given. */
export interface Told {
  title: string;
  lines: Line[];
  name?: string;
}

export interface Items<Datum> {
  data: Iterable<Datum>;
  /** What each is drawn of. */
  marks: (datum: Datum, at: number) => Mark;
  told: (datum: Datum, at: number) => Told;
  press?: (datum: Datum, at: number) => void;
  chosen?: (datum: Datum, at: number) => boolean;
  /** Where the pointer finds it, if not on its marks alone: as of a bar. What is left out is all of the picture. */
  hit?: (datum: Datum, at: number) => { x?: Span; y?: Span; thick?: number };
  className?: Of<Datum, string>;
  /** What tests and styles call it: `data-key`. */
  key?: (datum: Datum, at: number) => string | number;
}

export interface AxisOptions {
  count?: number;
  values?: number[];
  format?: (value: number) => string;
  /** With its unit. */
  title?: string;
  /** Whether its lines reach through the plane: those of the left axis do. */
  grid?: boolean;
}

export interface Picture {
  /** What it shows, to a screen reader; without it, the words beside it say that. */
  label?: string;
  /** In pixels. */
  width: number;
  height: number;
  /** Pixels for axes and names. */
  margin?: { left?: number; right?: number; top?: number; bottom?: number };
  /** A linear scale's domain, or another scale with its own; pixels where none is given. */
  x?: Scale | readonly number[];
  y?: Scale | readonly number[];
  /** Its axes. */
  left?: AxisOptions;
  bottom?: AxisOptions;
  /** What is drawn, the last above. */
  marks: Mark[];
  className?: string;
  /** Where the arrow keys choose one of so many, the picture has the focus as a whole. */
  walk?: { at: number; count: number; choose: (at: number) => void; page?: number };
}
