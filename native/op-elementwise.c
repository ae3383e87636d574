/*
 * Element-wise programs: a list of instructions on registers, run on tiles of the iteration space, so that what lies
 * between two instructions stays in the first-level cache. Broadcast and any strides are handled where a tile is
 * loaded and stored.
 *
 * ints: rank, dims[rank], inputs, outputs, instructions, strides[inputs + outputs][rank], then an instruction each:
 * opcode, destination, a, b, c; then the register of each output. Registers 0 .. inputs - 1 are the inputs.
 */
#include <math.h>
#include <string.h>

#include "ops.h"
#include "elementwise.h"
#include "reduce.h"

enum { TILE = 512, MAX_RANK = 8, MAX_REGISTERS = 48 };

/* Opcodes, in the order of src/engine/native/kinds.ts; a test holds the two lists against each other. */
#define MOE_INSTRUCTIONS(I) \
  I(copy) I(add) I(sub) I(mul) I(div) I(max) I(min) I(pow) I(mod) I(squared_difference) I(floor_div) \
  I(greater) I(greater_equal) I(less) I(less_equal) I(equal) I(not_equal) \
  I(neg) I(abs) I(square) I(sign) I(clip) I(exp) I(expm1) I(log) I(log1p) I(sqrt) I(rsqrt) I(reciprocal) \
  I(sigmoid) I(tanh) I(relu) I(softplus) I(sin) I(cos) I(erf) I(floor) I(step) \
  I(add_int) I(sub_int) I(mul_int) I(div_int) I(max_int) I(min_int) I(pow_int) I(mod_int) I(squared_difference_int) I(floor_div_int) \
  I(greater_int) I(greater_equal_int) I(less_int) I(less_equal_int) I(equal_int) I(not_equal_int) \
  I(neg_int) I(abs_int) I(square_int) I(sign_int) I(clip_int) \
  I(logical_and) I(logical_or) I(logical_not) I(select) I(int_to_float) I(float_to_int) I(float_to_bool) I(int_to_bool)

#define MOE_INSTRUCTION_ENUM(name) I_##name,
enum { MOE_INSTRUCTIONS(MOE_INSTRUCTION_ENUM) I_COUNT };

#define FLOATS(name, expression)                              \
  case I_##name: {                                            \
    float *restrict y = d;                                    \
    const float *a = ra, *b = rb;                             \
    (void)b;                                                  \
    for (int64_t i = 0; i < n; i++) y[i] = (expression);      \
    break;                                                    \
  }
#define INTS(name, expression)                                \
  case I_##name: {                                            \
    i32 *restrict y = (i32 *)d;                               \
    const i32 *a = (const i32 *)ra, *b = (const i32 *)rb;     \
    (void)b;                                                  \
    for (int64_t i = 0; i < n; i++) y[i] = (expression);      \
    break;                                                    \
  }
#define COMPARE(name, operator)                               \
  case I_##name: {                                            \
    i32 *restrict y = (i32 *)d;                               \
    const float *a = ra, *b = rb;                             \
    for (int64_t i = 0; i < n; i++) y[i] = a[i] operator b[i]; \
    break;                                                    \
  }
#define ARRAY(name)                                           \
  case I_##name: KERNEL(name##_n)(d, ra, n); break;

static int32_t floor_quotient(int32_t a, int32_t b) {
  if (b == 0) return 0;
  int64_t q = (int64_t)a / b;
  return (int32_t)(q - (((int64_t)a % b != 0) && ((a < 0) != (b < 0))));
}

static int32_t floor_remainder(int32_t a, int32_t b) {
  if (b == 0) return 0;
  int64_t r = (int64_t)a % b;
  return (int32_t)(r != 0 && ((r < 0) != (b < 0)) ? r + b : r);
}

/* The sign is the divisor's, as in tfjs. */
static float float_remainder(float a, float b) {
  float r = fmodf(a, b);
  return r != 0 && ((r < 0) != (b < 0)) ? r + b : r;
}

static int32_t int_power(int32_t a, int32_t b) { return (int32_t)pow(a, b); }

/* Rounds towards zero; what does not fit becomes the smallest integer on every machine. */
static int32_t truncated(float x) { return x > -2147483904.0f && x < 2147483648.0f ? (int32_t)x : INT32_MIN; }

/* NaN wins, as in tfjs. */
#define FLOAT_MAX(a, b) ((a) > (b) || (a) != (a) ? (a) : (b))
#define FLOAT_MIN(a, b) ((a) < (b) || (a) != (a) ? (a) : (b))

static void run_instruction(const int32_t *in, float *const *reg, int64_t n) {
  float *d = reg[in[1]];
  const float *ra = reg[in[2]], *rb = reg[in[3]], *rc = reg[in[4]];
  switch (in[0]) {
    case I_copy: memcpy(d, ra, (size_t)n * 4); break;
    FLOATS(add, a[i] + b[i])
    FLOATS(sub, a[i] - b[i])
    FLOATS(mul, a[i] * b[i])
    FLOATS(div, a[i] / b[i])
    FLOATS(max, FLOAT_MAX(a[i], b[i]))
    FLOATS(min, FLOAT_MIN(a[i], b[i]))
    FLOATS(pow, powf(a[i], b[i]))
    FLOATS(mod, float_remainder(a[i], b[i]))
    FLOATS(squared_difference, (a[i] - b[i]) * (a[i] - b[i]))
    case I_floor_div: {
      i32 *y = (i32 *)d;
      for (int64_t i = 0; i < n; i++) y[i] = truncated(floorf(ra[i] / rb[i]));
      break;
    }
    COMPARE(greater, >)
    COMPARE(greater_equal, >=)
    COMPARE(less, <)
    COMPARE(less_equal, <=)
    COMPARE(equal, ==)
    COMPARE(not_equal, !=)
    FLOATS(neg, -a[i])
    FLOATS(abs, fabsf(a[i]))
    FLOATS(square, a[i] * a[i])
    FLOATS(sign, a[i] > 0 ? 1.0f : a[i] < 0 ? -1.0f : a[i] != a[i] ? a[i] : 0.0f)
    case I_clip:
      for (int64_t i = 0; i < n; i++) d[i] = ra[i] < rb[i] ? rb[i] : ra[i] > rc[i] ? rc[i] : ra[i];
      break;
    ARRAY(exp)
    ARRAY(expm1)
    ARRAY(log)
    ARRAY(log1p)
    FLOATS(sqrt, sqrtf(a[i]))
    FLOATS(rsqrt, 1.0f / sqrtf(a[i]))
    FLOATS(reciprocal, 1.0f / a[i])
    ARRAY(sigmoid)
    ARRAY(tanh)
    FLOATS(relu, a[i] < 0 ? 0.0f : a[i])
    ARRAY(softplus)
    ARRAY(sin)
    ARRAY(cos)
    ARRAY(erf)
    FLOATS(floor, floorf(a[i]))
    FLOATS(step, a[i] > 0 ? 1.0f : a[i] != a[i] ? a[i] : b[i])
    INTS(add_int, a[i] + b[i])
    INTS(sub_int, a[i] - b[i])
    INTS(mul_int, a[i] * b[i])
    INTS(div_int, b[i] == 0 ? 0 : (int32_t)((double)a[i] / b[i]))
    INTS(max_int, a[i] > b[i] ? a[i] : b[i])
    INTS(min_int, a[i] < b[i] ? a[i] : b[i])
    INTS(pow_int, int_power(a[i], b[i]))
    INTS(mod_int, floor_remainder(a[i], b[i]))
    INTS(squared_difference_int, (a[i] - b[i]) * (a[i] - b[i]))
    INTS(floor_div_int, floor_quotient(a[i], b[i]))
    INTS(greater_int, a[i] > b[i])
    INTS(greater_equal_int, a[i] >= b[i])
    INTS(less_int, a[i] < b[i])
    INTS(less_equal_int, a[i] <= b[i])
    INTS(equal_int, a[i] == b[i])
    INTS(not_equal_int, a[i] != b[i])
    INTS(neg_int, -a[i])
    INTS(abs_int, a[i] < 0 ? -a[i] : a[i])
    INTS(square_int, a[i] * a[i])
    INTS(sign_int, (a[i] > 0) - (a[i] < 0))
    case I_clip_int: {
      i32 *y = (i32 *)d;
      const i32 *a = (const i32 *)ra, *b = (const i32 *)rb, *c = (const i32 *)rc;
      for (int64_t i = 0; i < n; i++) y[i] = a[i] < b[i] ? b[i] : a[i] > c[i] ? c[i] : a[i];
      break;
    }
    INTS(logical_and, a[i] && b[i])
    INTS(logical_or, a[i] || b[i])
    INTS(logical_not, !a[i])
    case I_select: {
      i32 *restrict y = (i32 *)d;
      const i32 *a = (const i32 *)ra, *b = (const i32 *)rb, *c = (const i32 *)rc;
      for (int64_t i = 0; i < n; i++) y[i] = a[i] ? b[i] : c[i];
      break;
    }
    case I_int_to_float: {
      const i32 *a = (const i32 *)ra;
      for (int64_t i = 0; i < n; i++) d[i] = (float)a[i];
      break;
    }
    case I_float_to_int: {
      i32 *y = (i32 *)d;
      for (int64_t i = 0; i < n; i++) y[i] = truncated(ra[i]);
      break;
    }
    case I_float_to_bool: {
      i32 *y = (i32 *)d;
      for (int64_t i = 0; i < n; i++) y[i] = ra[i] != 0;
      break;
    }
    INTS(int_to_bool, a[i] != 0)
    default: break;
  }
}

/* How one operand meets the tiles: its strides along rows and columns of a tile. */
typedef struct {
  float *at;
  int64_t row, column;
  float *buffer;
  int constant;
} Stream;

static void load(const Stream *s, float *to, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++) {
    const float *from = s->at + r * s->row;
    float *row = to + r * columns;
    if (s->column == 1) memcpy(row, from, (size_t)columns * 4);
    else if (s->column == 0) for (int64_t c = 0; c < columns; c++) row[c] = *from;
    else for (int64_t c = 0; c < columns; c++) row[c] = from[c * s->column];
  }
}

static void store(const Stream *s, const float *from, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++) {
    float *to = s->at + r * s->row;
    const float *row = from + r * columns;
    if (s->column == 1) memcpy(to, row, (size_t)columns * 4);
    else for (int64_t c = 0; c < columns; c++) to[c * s->column] = row[c];
  }
}

/* Whether the tile lies in memory as in the registers. */
static int is_dense(const Stream *s, int64_t rows, int64_t columns) {
  return s->column == 1 && (rows == 1 || s->row == columns);
}

typedef struct {
  int streams, inputs, outputs, instructions;
  const int32_t *program, *outputRegisters;
  Stream stream[MAX_REGISTERS];
  float *reg[MAX_REGISTERS];
} Program;

/* Runs the instructions on one tile whose streams are in place. */
static void run_tile(Program *p, int64_t rows, int64_t columns) {
  int64_t n = rows * columns;
  for (int i = 0; i < p->inputs; i++) {
    Stream *s = &p->stream[i];
    if (s->constant) continue; /* filled once */
    if (is_dense(s, rows, columns)) {
      p->reg[i] = s->at;
    } else {
      p->reg[i] = s->buffer;
      load(s, s->buffer, rows, columns);
    }
  }
  for (int o = 0; o < p->outputs; o++) {
    const Stream *s = &p->stream[p->inputs + o];
    p->reg[p->outputRegisters[o]] = is_dense(s, rows, columns) ? s->at : s->buffer;
  }
  for (int i = 0; i < p->instructions; i++) run_instruction(p->program + 5 * i, p->reg, n);
  for (int o = 0; o < p->outputs; o++) {
    const Stream *s = &p->stream[p->inputs + o];
    if (!is_dense(s, rows, columns)) store(s, s->buffer, rows, columns);
  }
}

void KERNEL(elementwise)(const Op *op, const Task *task) {
  const int32_t *in = op->ints;
  int rank = *in++;
  int64_t dims[MAX_RANK] = {1, 1};
  int pad = rank < 2 ? 2 - rank : 0; /* at least rows and columns */
  for (int a = 0; a < rank; a++) dims[pad + a] = size_of(*in++, task);
  Program p;
  p.inputs = *in++;
  p.outputs = *in++;
  p.instructions = *in++;
  p.streams = p.inputs + p.outputs;
  int64_t strides[MAX_REGISTERS][MAX_RANK] = {{0}};
  for (int s = 0; s < p.streams; s++)
    for (int a = 0; a < rank; a++) strides[s][pad + a] = *in++;
  p.program = in;
  p.outputRegisters = in + 5 * p.instructions;
  rank += pad;
  int64_t M = dims[rank - 2], N = dims[rank - 1];
  for (int a = 0; a < rank; a++)
    if (dims[a] == 0) return;
  float *buffers = task->workspace;
  for (int r = 0; r < MAX_REGISTERS; r++) p.reg[r] = buffers + r * TILE;
  for (int s = 0; s < p.streams; s++) {
    Stream *stream = &p.stream[s];
    stream->row = strides[s][rank - 2];
    stream->column = strides[s][rank - 1];
    stream->buffer = buffers + (s < p.inputs ? s : p.outputRegisters[s - p.inputs]) * TILE;
    stream->constant = 0;
    if (s < p.inputs) {
      int steady = 1;
      for (int a = 0; a < rank; a++) steady &= strides[s][a] == 0 || dims[a] == 1;
      stream->constant = steady;
      if (steady) {
        float value = *operand_at(op, s, task);
        for (int i = 0; i < TILE; i++) stream->buffer[i] = value;
      }
    }
  }
  int64_t columns = N < TILE ? N : TILE, rows = columns == N ? TILE / N : 1;
  if (rows < 1) rows = 1;
  int64_t index[MAX_RANK] = {0};
  float *base[MAX_REGISTERS];
  for (int s = 0; s < p.streams; s++) base[s] = operand_at(op, s, task);
  for (;;) {
    for (int64_t r = 0; r < M; r += rows) {
      int64_t rowCount = M - r < rows ? M - r : rows;
      for (int64_t c = 0; c < N; c += columns) {
        int64_t columnCount = N - c < columns ? N - c : columns;
        for (int s = 0; s < p.streams; s++)
          p.stream[s].at = base[s] + r * p.stream[s].row + c * p.stream[s].column;
        run_tile(&p, rowCount, columnCount);
      }
    }
    int a = rank - 3;
    for (; a >= 0; a--) {
      for (int s = 0; s < p.streams; s++) base[s] += strides[s][a];
      if (++index[a] < dims[a]) break;
      for (int s = 0; s < p.streams; s++) base[s] -= strides[s][a] * dims[a];
      index[a] = 0;
    }
    if (a < 0) return;
  }
}
