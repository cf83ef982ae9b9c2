package paths

// The sections and levels of access that the API's documentation shows; it
// says that there are others.
var (
	SeenSections = []string{"assistant", "campaign"}
	SeenLevels   = []string{"view_only", "view_and_add"}
)
