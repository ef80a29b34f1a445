using System.Text;
using JitProxy.Policy.Sql.Parsing;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>Names as MySQL and MariaDB have them: those of columns in any case, those of tables as the server's file system has it.</summary>
internal sealed class MySqlNames(Catalogue catalogue) : ServerNames(catalogue)
{
    // A longer name is cut, and not in the same place by all servers.
    private const int TextLengthMax = 60;

    public override StringComparer Columns => StringComparer.OrdinalIgnoreCase;

    public override StringComparer Tables => Catalogue.Server.FoldsTableNames ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    public override bool TargetsAreNames => true;

    public override bool HasRowValues => false;

    public override bool MergesAsListed => false;

    public override StringComparer CommonTables => StringComparer.OrdinalIgnoreCase;

    public override CatalogueRelation? Find(QualifiedName name)
    {
        var schema = name.Schema ?? (Catalogue.SearchPath.IsDefaultOrEmpty ? null : Catalogue.SearchPath[0]);
        return schema is null ? null : Catalogue.FindRelation(schema, name.Name);
    }

    // The server's own first; then those of the database named, or of the session's.
    public override IEnumerable<CatalogueFunction> Candidates(CalledFunction call)
    {
        if (IsBuiltIn(call))
            return [new("", call.Name, Volatility.Stable, IsBuiltIn: true, ReturnsSet: false, ReturnTypeOid: 0)];
        return Catalogue.FindFunctions(call.Name).Where(function =>
            call.Schema is { } schema ? Tables.Equals(function.Schema, schema) : Catalogue.SearchPath.Contains(function.Schema, Tables));
    }

    // The server prints and reads definitions without any of the modes.
    public override bool TryParseView(string definition, out Statement statement) =>
        MySqlParser.TryParse(Encode(definition), Catalogue.Dialect, LexicalModes.None, out statement, out _);

    // MariaDB takes the texts of the first row.
    public override string? ValuesColumn(int index) => Catalogue.Dialect == SqlDialect.MySql ? $"column_{index}" : null;

    // A name as the statement has it; of an expression, its text.
    public override string? Label(Target target)
    {
        if (target.Label is { } label)
            return label;
        if (target.Value is ColumnReference { IsStar: false } column)
            return column.Parts[^1];
        return target.Text is not { Length: <= TextLengthMax } text || !Ascii.IsValid(text) ? null : text;
    }

    public override bool IsSystemSchema(string schema) => MySqlProtectedNames.IsSystemSchema(schema);

    public override bool IsProtectedRelation(string schema, string name) => MySqlProtectedNames.IsRelation(schema, name);

    public override bool IsProtectedColumn(SourceColumn column) => false;

    public override bool IsProtectedFunction(string name) => MySqlBuiltIns.IsProtected(name);

    // With an argument, what it returns to the session from then on.
    public override string? Objection(Call call) =>
        !call.Arguments.IsEmpty && IsBuiltIn(CalledFunction.Of(call)) && Columns.Equals(call.Name.Name, "last_insert_id")
            ? "it calls LAST_INSERT_ID with an argument, which changes the session"
            : null;

    public override bool IsKnownFunction(CalledFunction call) => false;

    public override bool IsHarmlessVolatile(string function) => false;

    // Nobody can make one.
    public override bool IsTrustedOperator(string name) => true;

    private static bool IsBuiltIn(CalledFunction call) => call is { Schema: null, IsStored: false } && MySqlBuiltIns.Contains(call.Name);
}
