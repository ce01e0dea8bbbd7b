/** How much room cards take; remembered in this browser. */
import { Look } from "./preference.svelte";

export type Density = "comfortable" | "compact";

export const DENSITIES: readonly Density[] = ["comfortable", "compact"];

export const DENSITY_NAMES: Record<Density, string> = {
  comfortable: "Comfortable",
  compact: "Compact",
};

export const density = new Look("density", DENSITIES);
