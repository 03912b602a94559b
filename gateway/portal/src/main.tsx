import { createRoot } from "react-dom/client";
import { App } from "@/app/App";
import { startTexts } from "@/i18n";
import { stampStyles } from "@/ui/nonce";
import "@/ui/base.css";

const place = document.getElementById("root");
if (!place) throw new Error("index.html has lost its #root");
stampStyles();
await startTexts();
createRoot(place).render(<App />);
