/** Deals as they are edited. */
import type { CommercialModel, CommercialTermsInput, UseType } from "../generated/operations";

export interface TermsDraft { commercialModel: CommercialModel; useTypes: UseType[]; amount: string; currency: string }

export const USES: Record<CommercialModel, UseType[]> = {
  SubscriptionModel: ["OnDemandStream", "NonInteractiveStream", "ConditionalDownload", "Stream"],
  AdvertisementSupportedModel: ["OnDemandStream", "NonInteractiveStream", "Stream"],
  PayAsYouGoModel: ["PermanentDownload", "ConditionalDownload"],
  FreeOfChargeModel: ["Stream", "OnDemandStream", "PermanentDownload"],
  RightsClaimModel: ["UserMakeAvailableUserProvided", "UserMakeAvailableLabelProvided"],
};
export const MODELS = Object.keys(USES) as CommercialModel[];

interface Terms { commercialModel: CommercialModel; useTypes: UseType[]; price: { amount: string; currency: string } | null }

export const draftTerms = (terms: readonly Terms[]): TermsDraft[] =>
  terms.map(({ commercialModel, useTypes, price }) => ({
    commercialModel, useTypes: [...useTypes], amount: price?.amount ?? "", currency: price?.currency ?? "EUR",
  }));

export const writtenTerms = (drafts: readonly TermsDraft[]): CommercialTermsInput[] =>
  drafts.map(({ commercialModel, useTypes, amount, currency }) => ({
    commercialModel, useTypes, ...(commercialModel === "PayAsYouGoModel" && amount ? { price: { amount, currency } } : {}),
  }));
