/**
 * Version of everything in the code that decides a run's numbers: model, losses, optimiser, data recipe, random
 * streams, evaluation. Raise it with any change that moves them; runs of other versions are then trained again.
 */
export const NUMERICS = 2;
