import type { Same } from "../same";
import type zh from "../zh-CN/home";

const texts: Same<typeof zh> = {
  home: {
    title: "What needs me today",
    hello: "Hello, {{name}}",
    nothing: "Nothing needs you today",
    nothingHelp: "Requests to decide, grants that run out and people who join or leave soon appear here.",
    section: {
      placements: "Placement cases",
      decide: "Access requests to decide",
      imports: "Imports not finished",
      first: "First days soon",
      last: "Last days soon",
      probation: "On probation",
      grants: "Grants that run out soon",
      own: "My requests",
    },
    task: {
      match: "Make the match report",
      ask_for_opinions: "Ask for opinions",
      opinion: "Give your opinion",
      decision: "Decide",
      explanation: "The candidate asks for an explanation",
    },
    seeAll: "See all",
    asksFor: "Asks for “{{role}}”: {{reason}}",
    yourTurn: "your turn",
    onProbationFor_one: "On probation for {{count}} day",
    onProbationFor_other: "On probation for {{count}} days",
    waitsForDecision: "Waits for a decision",
    waitingForYou_one: "{{count}} request waits for you",
    waitingForYou_other: "{{count}} requests wait for you",
    numbers: "Numbers to watch",
    figure: {
      here: "People here",
      reports: "My direct reports",
      probation: "On probation",
      joining: "Joining",
      leaving: "Leaving",
      units: "Units",
    },
  },
};

export default texts;
