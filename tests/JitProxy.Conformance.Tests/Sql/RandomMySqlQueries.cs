namespace JitProxy.Conformance.Tests.Sql;

/// <summary>
/// Makes queries of MariaDB over the shop of sources-mariadb.sql: joins of all kinds, subqueries, common tables, set operations, aggregates, windows,
/// output columns as names, and expressions of many shapes. What they return does not depend on the order of rows.
/// </summary>
internal sealed class RandomMySqlQueries(int seed)
{
    private static readonly (string Name, string[] Columns)[] Tables =
    [
        ("customers", ["id", "name", "email", "ssn", "pin"]),
        ("orders", ["id", "customer_id", "amount", "note"]),
        ("nodes", ["id", "parent_id", "label", "secret"]),
        ("v_customers", ["id", "name", "ssn"]),
        ("v_mix", ["id", "size", "who"]),
        ("v_agg", ["name", "n"]),
        ("v_copy", ["id", "secret"]),
        ("v_over", ["id", "who"]),
    ];

    private static readonly string[] Constants = ["'x'", "'1'", "null", "''"];

    private readonly Random _random = new(seed);
    private int _aliases;

    /// <summary>What may be named: an alias and its columns.</summary>
    private sealed record Range(string Alias, string[] Columns);

    /// <summary>The next query.</summary>
    public string Next() => Query(3, _random.Next(1, 5), [], null, [], isTop: true);

    private bool Chance(double share) => _random.NextDouble() < share;

    private T Pick<T>(IReadOnlyList<T> list) => list[_random.Next(list.Count)];

    private string Alias() => $"a{++_aliases}";

    private string Value(List<Range> ranges, int depth)
    {
        if (depth <= 0 || Chance(0.35))
            return ranges.Count > 0 && Chance(0.93) ? Column(ranges) : Pick(Constants);

        string V() => Value(ranges, depth - 1);


        // A query in FROM sees nothing of what is around it.
        string One(params string[] names) => Query(depth - 1, 1, [], names.Length == 0 ? null : names, []);
        return _random.Next(26) switch
        {
            0 => $"concat({V()}, {V()})",
            1 => $"coalesce({V()}, {V()})",
            2 => $"case when {Condition(ranges, depth - 1)} then {V()} else {V()} end",
            3 => $"case {V()} when {V()} then {V()} end",
            4 => $"char_length({V()})",
            5 => $"(select group_concat(z order by z separator ',') from ({One("z")}) s)",
            6 => $"({Condition(ranges, depth - 1)})",
            7 => $"nullif({V()}, {V()})",
            8 => $"elt({_random.Next(1, 3)}, {V()}, {V()})",
            9 => $"substring({V()} from 1 for 2)",
            10 => $"greatest({V()}, {V()})",
            11 => $"replace({V()}, {V()}, {V()})",
            12 => $"if({Condition(ranges, depth - 1)}, {V()}, {V()})",
            13 => $"json_unquote(json_extract(json_object('a', {V()}, 'b', {V()}), '$.{Pick(["a", "b"])}'))",
            14 => $"(select max(q.c) from ({One("c")}) q)",
            15 => $"(with w as ({One()}) select count(*) from w)",
            16 or 17 => Correlated(ranges, depth),
            23 => $"trim({Pick(["both", "leading", "trailing"])} {V()} from {V()})",
            18 => $"concat_ws({V()}, {V()}, {V()})",
            19 => $"ifnull({V()}, {V()})",
            20 => $"convert({V()} using utf8mb4)",
            21 => $"cast({V()} as char)",
            22 => $"left({V()}, {_random.Next(1, 3)})",
            _ => $"upper({V()})",
        };
    }

    private string Correlated(List<Range> outer, int depth)
    {
        var (from, ranges) = From(depth - 1, []);
        List<Range> scope = [.. ranges, .. outer.Where(o => !ranges.Exists(r => r.Alias == o.Alias))];
        var where = Chance(0.7) ? $" where {Condition(scope, depth - 1)}" : "";
        return $"(select {Pick(["max", "min", "count"])}({Value(scope, depth - 1)}) from {from}{where})";
    }

    // Letter case of columns means nothing.
    private string Column(List<Range> ranges)
    {
        var range = Pick(ranges);
        var column = Pick(range.Columns);
        return $"{range.Alias}.{(Chance(0.9) ? column : column.ToUpperInvariant())}";
    }

    private string Condition(List<Range> ranges, int depth)
    {
        string V() => Value(ranges, depth - 1);
        string One() => Query(depth - 1, 1, ranges, null, []);
        return (depth <= 0 ? 0 : _random.Next(14)) switch
        {
            3 => $"{V()} is null",
            4 => $"{V()} like {V()}",
            5 => $"{V()} in ({V()}, {V()})",
            6 => $"exists ({One()})",
            7 => $"{V()} in ({One()})",
            8 => $"not ({Condition(ranges, depth - 1)})",
            9 => $"({Condition(ranges, depth - 1)} {Pick(["and", "or", "xor", "&&"])} {Condition(ranges, depth - 1)})",
            10 => $"{V()} between {V()} and {V()}",
            11 => $"{V()} = any ({One()})",
            12 => $"{V()} <=> {V()}",
            13 => $"({V()}, {V()}) = ({V()}, {V()})",
            _ => $"{V()} {Pick(["=", "<", ">", "<>"])} {V()}",
        };
    }

    private (string Text, Range Range) Item(int depth, List<Range> common)
    {
        var alias = Alias();
        if (common.Count > 0 && Chance(0.35))
        {
            var table = Pick(common);
            return ($"{table.Alias} {alias}", new(alias, table.Columns));
        }

        if (depth > 0 && Chance(0.25))
        {
            // The alias of a query in FROM may be the name of a table.
            if (Chance(0.1))
                alias = Pick(Tables).Name;
            string[] names = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(i => Chance(0.2) ? Pick(["id", "ssn", "name"]) + i : $"{alias}x{i}")];
            return ($"({Query(depth - 1, names.Length, [], names, common)}) {alias}", new(alias, names));
        }

        var (name, columns) = Pick(Tables);
        return Chance(0.15) ? (name, new(name, columns)) : ($"{name} {alias}", new(alias, columns));
    }

    private (string Text, List<Range> Ranges) From(int depth, List<Range> common)
    {
        var (text, range) = Item(depth, common);
        List<Range> ranges = [range];
        for (var n = Pick([0, 0, 0, 1, 1, 2]); n > 0; n--)
        {
            var (next, added) = Item(depth - 1, common);
            if (ranges.Exists(r => r.Alias == added.Alias))
                continue;
            var shared = ranges.Count == 1 ? range.Columns.Intersect(added.Columns).ToArray() : [];
            ranges = [.. ranges, added];
            var kind = Pick(["left", "right", "inner"]);
            text += _random.Next(shared.Length > 0 ? 5 : 3) switch
            {
                0 => $" cross join {next}",
                1 => $" join {next} on {Condition(ranges, Math.Min(depth - 1, 1))}",
                2 => $" {kind} join {next} on {Condition(ranges, Math.Min(depth - 1, 1))}",
                3 => $" {kind} join {next} using ({Pick(shared)})",
                _ => $" natural {(kind == "inner" ? "" : kind)} join {next}",
            };
        }

        return (text, ranges);
    }

    private string Query(int depth, int width, List<Range> outer, string[]? names, List<Range> common, bool isTop = false, bool isOperand = false)
    {
        var isStar = isTop && Chance(0.08);
        names ??= [.. Enumerable.Range(0, width).Select(static i => $"o{i}")];
        var with = depth > 0 && !isOperand && Chance(0.2) ? With(depth, ref common) : "";
        if (depth > 0 && Chance(0.15))
        {
            var others = common;
            string Operand() => Query(depth - 1, width, outer, names, others, isOperand: true);
            return $"{with}({Operand()}) {Pick(["union", "union all", "intersect", "except"])} ({Operand()})";
        }

        var (from, ranges) = From(depth, common);
        if (isStar)
            return $"{with}select {Pick(["*", $"{ranges[0].Alias}.*", $"*, {Value(ranges, 1)} as o", $"{ranges[^1].Alias}.*, {Column(ranges)} as o, {Column(ranges)} as p"])} from {from}";

        // An alias in a query around this one may be hidden by one of this one.
        List<Range> scope = Chance(0.4) ? [.. ranges, .. outer.Where(o => !ranges.Exists(r => r.Alias == o.Alias))] : ranges;
        var where = Chance(0.25) ? $" where {Condition(scope, depth)}" : "";
        var kind = _random.NextDouble();
        if (kind < 0.15)
        {
            var group = Chance(0.5) ? $" group by {Value(ranges, 1)}{(Chance(0.2) ? " with rollup" : "")}" : "";
            var having = Chance(0.4) ? $" having {Pick(names)} {Pick(["is not null", "> 'a'", "< '3'"])}" : "";
            return $"{with}select {Columns(names, () => Aggregate(ranges, depth))} from {from}{where}{group}{having}";
        }

        if (kind < 0.25)
        {
            // A window cannot look at another one, but at a plain column by its name.
            var windows = Columns(names[1..], () => Windowed(ranges, depth, names[0]));
            var first = names.Length == 1 ? Windowed(ranges, depth, null) : Value(ranges, 0);
            return $"{with}select {first} as {names[0]}{(windows.Length > 0 ? ", " : "")}{windows} from {from}{where} window w as (partition by {Value(ranges, 0)})";
        }

        var distinct = Chance(0.15) ? "distinct " : "";
        var columns = Columns(names, () => Value(scope, depth));

        // Another output column by its name, before or behind it.
        if (isTop && Chance(0.25) && names.Length > 1)
            columns = $"{Value(scope, depth)} as {names[0]}, {string.Join(", ", names.Skip(1).Select(n => $"(select {names[0]}) as {n}"))}";
        var tail = (distinct.Length, _random.Next(8)) switch
        {
            (0, 0) => $" order by concat({Pick(names)}, {Value(ranges, 0)}), {string.Join(", ", Enumerable.Range(1, names.Length))} limit {_random.Next(1, 4)}",
            (_, 1) => $" order by {Pick(names)}",
            (0, 2) => $" having {Pick(names)} is not null",
            _ => "",
        };
        return $"{with}select {distinct}{columns} from {from}{where}{tail}";
    }

    private string With(int depth, ref List<Range> common)
    {
        var alias = Alias();
        string[] names = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(i => $"{alias}w{i}")];
        var inner = Query(depth - 1, names.Length, [], names, common);
        common = [.. common, new(alias, names)];
        if (Chance(0.7))
            return $"with {alias}{(Chance(0.5) ? $"({string.Join(", ", names)})" : "")} as ({inner}) ";

        // Turns the columns round, so that what was in one comes to be in all.
        var turned = string.Join(", ", names.Skip(1).Append(names[0]));
        return $"with recursive {alias}({string.Join(", ", names)}, lvl) as (select s.*, 1 from ({inner}) s union all select {turned}, lvl + 1 from {alias} where lvl < 3) ";
    }

    private static string Columns(string[] names, Func<string> value) => string.Join(", ", names.Select(name => $"{value()} as {name}"));

    private string Aggregate(List<Range> ranges, int depth)
    {
        string V() => Value(ranges, depth - 1);
        return _random.Next(6) switch
        {
            0 => $"max({V()})",
            1 => $"sum({Condition(ranges, depth - 1)})",
            2 => "count(*)",
            3 => Order(V()),
            4 => $"count(distinct {V()})",
            _ => $"min({V()})",
        };

        // Sorted by itself: equal ones cannot be told apart.
        string Order(string value) => $"group_concat({(Chance(0.3) ? "distinct " : "")}{value} order by {value} separator '-')";
    }

    private string Windowed(List<Range> ranges, int depth, string? column)
    {
        string V() => Value(ranges, depth - 1);
        return _random.Next(column is null ? 4 : 6) switch
        {
            0 => $"rank() over (order by {V()})",
            1 => $"dense_rank() over (partition by {V()} order by {V()})",
            2 => $"max({V()}) over (partition by {V()})",
            3 => "count(*) over w",
            4 => $"rank() over (order by {column})",
            _ => V(),
        };
    }
}
