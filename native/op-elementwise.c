/*
 * Element-wise programs: a list of instructions on registers, run on tiles of the iteration space, so that what lies
 * between two instructions stays in the first-level cache. Broadcast and any strides are handled where a tile is
 * loaded and stored.
 *
 * ints: rank, dims[rank], inputs, outputs, instructions, strides[inputs + outputs][rank], then an instruction each:
 * opcode, destination, a, b, c; then the register of each output. Registers 0 .. inputs - 1 are the inputs.
 */
#include <string.h>

#include "instructions.h"
#include "ops.h"

enum { TILE = 512, MAX_RANK = 8, MAX_REGISTERS = 48 };

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
  for (int i = 0; i < p->instructions; i++) {
    const int32_t *in = p->program + 5 * i;
    KERNEL(instructions)[in[0]](p->reg[in[1]], p->reg[in[2]], p->reg[in[3]], p->reg[in[4]], n);
  }
  for (int o = 0; o < p->outputs; o++) {
    const Stream *s = &p->stream[p->inputs + o];
    if (!is_dense(s, rows, columns)) store(s, s->buffer, rows, columns);
  }
}

/* The loops of a program: every axis, the last two being rows and columns, and each stream's strides along them. */
typedef struct {
  int rank;
  int64_t dims[MAX_RANK], strides[MAX_REGISTERS][MAX_RANK];
} Nest;

static void read_program(const int32_t *in, const Task *task, Nest *nest, Program *p) {
  int rank = *in++, pad = rank < 2 ? 2 - rank : 0; /* at least rows and columns */
  nest->rank = rank + pad;
  for (int a = 0; a < pad; a++) nest->dims[a] = 1;
  for (int a = 0; a < rank; a++) nest->dims[pad + a] = size_of(*in++, task);
  p->inputs = *in++;
  p->outputs = *in++;
  p->instructions = *in++;
  p->streams = p->inputs + p->outputs;
  for (int s = 0; s < p->streams; s++) {
    for (int a = 0; a < pad; a++) nest->strides[s][a] = 0;
    for (int a = 0; a < rank; a++) nest->strides[s][pad + a] = *in++;
  }
  p->program = in;
  p->outputRegisters = in + 5 * p->instructions;
}

/* Gives every stream its buffer, and fills those of numbers that stand still. */
static void place_streams(const Op *op, const Task *task, const Nest *nest, Program *p) {
  for (int r = 0; r < MAX_REGISTERS; r++) p->reg[r] = task->workspace + r * TILE;
  for (int s = 0; s < p->streams; s++) {
    Stream *stream = &p->stream[s];
    stream->row = nest->strides[s][nest->rank - 2];
    stream->column = nest->strides[s][nest->rank - 1];
    stream->buffer = p->reg[s < p->inputs ? s : p->outputRegisters[s - p->inputs]];
    stream->constant = s < p->inputs;
    for (int a = 0; a < nest->rank; a++) stream->constant &= nest->strides[s][a] == 0 || nest->dims[a] == 1;
    if (!stream->constant) continue;
    float value = *operand_at(op, s, task);
    for (int i = 0; i < TILE; i++) stream->buffer[i] = value;
  }
}

/* All rows and columns, tile by tile: as many whole rows as fit, or a part of one. */
static void run_plane(Program *p, float *const *base, int64_t M, int64_t N) {
  int64_t columns = N < TILE ? N : TILE, rows = columns == N ? TILE / N : 1;
  for (int64_t r = 0; r < M; r += rows) {
    int64_t rowCount = M - r < rows ? M - r : rows;
    for (int64_t c = 0; c < N; c += columns) {
      int64_t columnCount = N - c < columns ? N - c : columns;
      for (int s = 0; s < p->streams; s++) p->stream[s].at = base[s] + r * p->stream[s].row + c * p->stream[s].column;
      run_tile(p, rowCount, columnCount);
    }
  }
}

void KERNEL(elementwise)(const Op *op, const Task *task) {
  Nest nest;
  Program p;
  read_program(op->ints, task, &nest, &p);
  for (int a = 0; a < nest.rank; a++)
    if (nest.dims[a] == 0) return;
  place_streams(op, task, &nest, &p);
  float *base[MAX_REGISTERS];
  for (int s = 0; s < p.streams; s++) base[s] = operand_at(op, s, task);
  int64_t index[MAX_RANK] = {0};
  for (;;) {
    run_plane(&p, base, nest.dims[nest.rank - 2], nest.dims[nest.rank - 1]);
    int a = nest.rank - 3;
    for (; a >= 0; a--) {
      for (int s = 0; s < p.streams; s++) base[s] += nest.strides[s][a];
      if (++index[a] < nest.dims[a]) break;
      for (int s = 0; s < p.streams; s++) base[s] -= nest.strides[s][a] * nest.dims[a];
      index[a] = 0;
    }
    if (a < 0) return;
  }
}
