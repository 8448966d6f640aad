package dialect_test

import "amalgam/hub/update"

type updateType = update.Update
