/* The numbers of one step of AdamW, whatever the instruction set. */
#ifndef MOE_ADAMW_STEP_H
#define MOE_ADAMW_STEP_H

/* Clip factor, betas and 1 - betas, sqrt(1 - beta2^t), eps, lr / (1 - beta1^t), 1 - lr * decay. */
typedef struct {
  float clip, beta1, rest1, beta2, rest2, correction2, eps, rate, decay;
} AdamW;

#endif
