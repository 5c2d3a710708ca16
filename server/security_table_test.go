package server

// TableRow is a row of the route table as the black-box tests walk it.
type TableRow struct {
	Method, Path, Guard        string
	Page, OwnOnly, CheckOrigin bool
}

// Table is the route table of a running server.
func (s *Server) Table() []TableRow {
	var rows []TableRow
	for _, row := range s.rows {
		rows = append(rows, TableRow{row.method, row.path, guardNames[row.guard], row.page, row.ownOnly, row.checkOrigin})
	}
	return rows
}
