import { QuartzConfig } from "./quartz/cfg"
import * as Plugin from "./quartz/plugins"

const config: QuartzConfig = {
  configuration: {
    pageTitle: "🪴 Garden",
    enableSPA: true,
    locale: "en-US",
    baseUrl: "garden.example/notes",
    ignorePatterns: ["private", "templates", ".obsidian"],
    theme: { typography: { header: "Schibsted Grotesk" } },
  },
  plugins: { filters: [Plugin.RemoveDrafts()] },
}

export default config
