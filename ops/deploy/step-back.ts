/** Why a deployment does not go on, in a sentence for whoever started it. */
export class StepBack extends Error {}
