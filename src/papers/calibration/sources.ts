/** Sources that several contrasts cite. */

export const OLMOE = "OLMoE, arXiv 2409.02060, section 4.1";
export const OLMOE_SCALE = "1.3 B active of 6.9 B, 130 B tokens, 1 seed";
export const REMOE = "ReMoE, arXiv 2412.14711, top-k rows";
export const REMOE_SCALE = "182 M active, 30 B tokens, 1 seed";
export const FAN = "Fan, Messmer and Jaggi, arXiv 2402.13089";
export const FAN_SCALE = "GPT-2 sizes, 1 seed";
export const BYTES_STUDY = "a study of 18 M byte-level models in a public repository";
export const BYTES_SCALE = "18 M, 41 M tokens, 8 experts, top-1, 3 seeds";
export const RMOE = "RMoE, arXiv 2408.06793, table 1";
export const RMOE_SCALE = "36 M, 16 experts, top-2, 1 seed";
export const DEEPSEEK = "DeepSeekMoE, arXiv 2401.06066, table 1";
export const DEEPSEEK_SCALE = "0.2 B active of 2.0 B, 100 B tokens, 1 seed";
export const STABLE = "StableMoE, arXiv 2204.08396, table 2";
export const STABLE_SCALE = "124 M + 454 M, about 31 B tokens, 32 experts, top-1, 1 seed";
export const MARIN = "marin-community/marin, router experiments";
