import { z } from "zod";
import { data, domain } from "./data.ts";
import { model } from "./model.ts";
import { objective, PRETRAIN } from "./objective.ts";
import { losses, router, streams, writtenRouter } from "./router.ts";
import { positive, salt, setting, storedForm, younger } from "./setting.ts";
import { training } from "./training.ts";

// Interfaces (public to the compiler alone), since type declarations name them where an alias would be written out at every place: 150 kB of the package.
/** @public */
export interface ModelSection extends z.ZodPrefault<typeof model> {}
/** @public */
export interface RouterSection extends z.ZodPrefault<typeof router> {}
/** @public */
export interface WrittenRouterSection extends z.ZodPrefault<typeof writtenRouter> {}
/** @public */
export interface LossesSection extends z.ZodPrefault<typeof losses> {}
/** @public */
export interface ObjectiveSection extends z.ZodPrefault<typeof objective> {}
/** @public */
export interface DataSection extends z.ZodPrefault<typeof data> {}
/** @public */
export interface TrainingSection extends z.ZodPrefault<typeof training> {}
/** @public */
export interface StreamsSection extends z.ZodPrefault<typeof streams> {}

type OwnSections = {
  model: ModelSection;
  router: RouterSection;
  losses: LossesSection;
  objective: ObjectiveSection;
  data: DataSection;
  training: TrainingSection;
  streams: StreamsSection;
};

/** The sections of settings that every run has, in the order in which files write them, as they are resolved. */
export const ownSections: OwnSections = {
  model: model.prefault({}),
  router: router.prefault({}),
  losses: losses.prefault({}),
  objective: younger(objective.prefault({}), PRETRAIN),
  data: data.prefault({}),
  training: training.prefault({}),
  streams: streams.prefault({}),
};

/** Noise in experts that are copies (OLMoE, appendix F): weights drawn again from a normal distribution. */
export const noise = z
  .strictObject({
    share: setting(positive(1), 0.5, "Chance of each expert weight to be replaced."),
    std: setting(positive(1), 0.02, "Standard deviation of the normal numbers that replace them."),
  })
  .describe("Noise in the copied experts (OLMoE, appendix F); null copies exactly.");

/** How a parent's weights are taken over. */
export const transfer = {
  seed: setting(
    salt().nullable(),
    null,
    "One parent of this seed for every seed; null gives each run a parent of its own seed.",
  ),
  keepRouter: setting(
    z.boolean(),
    false,
    "Start from the parent's router too; false starts a fresh one. An objective that trains on (sft, dpo, td-mle) keeps it unless told otherwise.",
  ),
  noise: setting(
    noise.nullable(),
    null,
    "Noise in the copied experts (OLMoE, appendix F); null copies exactly.",
  ),
};

/** The same as files write them. */
type WrittenSections = Omit<OwnSections, "router"> & { router: WrittenRouterSection };
const writtenSections: WrittenSections = { ...ownSections, router: writtenRouter.prefault({}) };

const parent = z
  .strictObject({ ...writtenSections, ...transfer })
  .describe(
    "A run to train first, from whose final weights this one starts. Settings that it does not name are the base's. A dense parent (one expert) is upcycled: every expert starts as its copy.",
  );

/** @public */
export interface ParentSection extends z.ZodDefault<z.ZodNullable<typeof parent>> {}

type Sections = WrittenSections & { parent: ParentSection };

/** What a base, a tier and a variant may write. */
export const sections: Sections = {
  ...writtenSections,
  parent: younger(setting(parent.nullable(), null, "The run to start from; null starts at random."), null),
};

/** What a stage may write. */
export const stageSections = writtenSections;

/** Everything that decides the numbers of a run, but the seed, as files write it. */
export const settings: z.ZodObject<Sections, z.core.$strict> = z
  .strictObject(sections)
  .describe("Settings that all variants share.");

/** What a run that starts at random has of settings, with the defaults of all. */
export const resolvedSettings: z.ZodObject<OwnSections, z.core.$strict> = z.strictObject(ownSections);

/** Settings as they stand in files of results, where every domain's source is settled. */
const storedSections = { ...ownSections, data: data.extend({ domains: z.array(domain).min(1) }) };

type Outputs<Shape extends Readonly<Record<string, z.ZodType>>> = {
  [Key in keyof Shape]: z.output<Shape[Key]>;
};

/** A parent as it stands in files of results, with its own parents. */
interface StoredParent extends Outputs<typeof storedSections>, Outputs<typeof transfer> {
  parent: StoredParent | null;
}

/** Absent in results of versions that knew no parents, and of those whose parents had none. */
const storedParent: z.ZodType<StoredParent | null> = z.lazy(() => {
  const own = { ...storedSections, ...transfer, parent: younger(storedParent.nullable(), null) };
  return storedForm(z.strictObject(own)).nullable();
});

/** Reads settings of results, those of older versions included. */
export const storedSettings = storedForm(
  z.strictObject({ ...storedSections, parent: younger(storedParent.nullable(), null) }),
);
