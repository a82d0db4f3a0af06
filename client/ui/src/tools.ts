// The ten tools of the learning cycle, in its order, and what stands beside them: where their page is, and the table that names and explains each.
export interface Tool {
  page: string; // its address
  table: string;
}
export const tools: Tool[] = [
  { page: "presentation", table: "presentation" },
  { page: "profile", table: "strategy" },
  { page: "factors", table: "factor" },
  { page: "swot", table: "swot_item" },
  { page: "questions", table: "learning_question" },
  { page: "programme", table: "visit" },
  { page: "terms", table: "terms" },
  { page: "journal", table: "journal_entry" },
  { page: "progress", table: "progress" },
  { page: "plan", table: "action_plan" },
];
export const beside: Tool[] = [
  { page: "expertise", table: "expertise" },
  { page: "exchanges", table: "exchange" },
  { page: "gallery", table: "media" },
  { page: "overview", table: "applied" },
];
