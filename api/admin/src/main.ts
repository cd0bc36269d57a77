import { createApp } from "vue";
import App from "./App.vue";
import "./design/theme";
import "./design/tokens.css";
import "./design/base.css";
import "./design/components.css";
import { router } from "./router";

createApp(App).use(router).mount("#app");
