using System.Text;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>What names mean to a server, where dialects differ.</summary>
internal abstract class ServerNames(Catalogue catalogue)
{
    /// <summary>The names of the catalogue's server.</summary>
    public static ServerNames Of(Catalogue catalogue) => catalogue.Dialect switch
    {
        SqlDialect.PostgreSql => new PostgresNames(catalogue),
        SqlDialect.MySql or SqlDialect.MariaDb => new MySqlNames(catalogue),
    };

    /// <summary>When two names of columns are one.</summary>
    public abstract StringComparer Columns { get; }

    /// <summary>When two names of relations, their schemas or their aliases are one.</summary>
    public abstract StringComparer Tables { get; }

    /// <summary>
    /// True if the names of a target list can be used in GROUP BY, HAVING, ORDER BY, windows and subqueries, beside the columns of FROM. Otherwise they can
    /// stand alone in ORDER BY and GROUP BY, and nowhere else.
    /// </summary>
    public abstract bool TargetsAreNames { get; }

    /// <summary>
    /// True if the merged columns of USING come in the order in which they are listed. Otherwise they come as the first side has them, and the first
    /// side of a RIGHT JOIN is the right one.
    /// </summary>
    public abstract bool MergesAsListed { get; }

    /// <summary>When two names of common tables are one.</summary>
    public abstract StringComparer CommonTables { get; }

    /// <summary>True if the name of a table stands for its rows as values, with fields, functions of them and system columns.</summary>
    public abstract bool HasRowValues { get; }

    protected Catalogue Catalogue { get; } = catalogue;

    /// <summary>The relation that a name means, or null.</summary>
    public abstract CatalogueRelation? Find(QualifiedName name);

    /// <summary>The functions that a call may mean.</summary>
    public abstract IEnumerable<CatalogueFunction> Candidates(CalledFunction call);

    /// <summary>Reads the text of a view; false if it cannot be understood.</summary>
    public abstract bool TryParseView(string definition, out Statement statement);

    /// <summary>The name of an output column; null if only the server knows it.</summary>
    public abstract string? Label(Target target);

    /// <summary>The name of a column of VALUES, by its number from 0; null if only the server knows it.</summary>
    public abstract string? ValuesColumn(int index);

    /// <summary>True for schemas of the server's own, whose views show its state and not anybody's tables.</summary>
    public abstract bool IsSystemSchema(string schema);

    /// <summary>True for a relation that no statement may read.</summary>
    public abstract bool IsProtectedRelation(string schema, string name);

    /// <summary>True for a column that no statement may use.</summary>
    public abstract bool IsProtectedColumn(SourceColumn column);

    /// <summary>True for a function, in whatever schema, that no statement may call.</summary>
    public abstract bool IsProtectedFunction(string name);

    /// <summary>Why a call is not a read because of its arguments; null if they do not matter.</summary>
    public virtual string? Objection(Call call) => null;

    /// <summary>True for a call of a function that the grammar or this list knows, so that the catalogue need not.</summary>
    public abstract bool IsKnownFunction(CalledFunction call);

    /// <summary>True for a volatile function of the server's own that touches nothing.</summary>
    public abstract bool IsHarmlessVolatile(string function);

    /// <summary>True if an operator can only mean one that looks at its operands alone.</summary>
    public abstract bool IsTrustedOperator(string name);

    protected static byte[] Encode(string text) => Encoding.UTF8.GetBytes(text);
}
