// Everything here is a help, never a need: each page reads and works without it.

import "./drop-zone";
import "./filter-list";
import "./ladder-view";
import "./live-page";
import { tellTimes } from "./times";

tellTimes(document);
