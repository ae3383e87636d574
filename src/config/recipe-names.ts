/**
 * Recipes: ways to train all variants of an experiment otherwise, to see whether a verdict is one about routers or one about the
 * learning rate and the length that somebody happened to write.
 */
export const RECIPES = ["half-rate", "double-rate", "half-length"] as const;
export type RecipeName = (typeof RECIPES)[number];
