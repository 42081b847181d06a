# fish completion of mlops-wizard. To have it in every shell:
#     mlops-wizard completion fish > ~/.config/fish/completions/mlops-wizard.fish

set -g __mlops_wizard_table "\
@TABLE@"

set -g __mlops_wizard_table (string split \n -- $__mlops_wizard_table)

# The lines of the table that begin with $argv[1].
function __mlops_wizard_lines
    string match -r -- '^'(string escape --style=regex -- $argv[1])'\|.*' $__mlops_wizard_table
end

# The value (4th field) of the line that begins with $argv[1]; not zero where there is none.
function __mlops_wizard_find
    set -l lines (__mlops_wizard_lines $argv[1]); or return 1
    string split -f 4 '|' -- $lines[1]
end

# The words of path $argv[1] and kind $argv[2], each behind $argv[3], with their meanings.
function __mlops_wizard_offer
    set -l current (commandline -ct)
    for line in (__mlops_wizard_lines "$argv[1]|$argv[2]")
        set -l fields (string split '|' -- $line)
        # environments of a step are offered once somebody has begun to name one
        if string match -q '*@*' -- $fields[3]; and not string match -q '*@*' -- $current
            continue
        end
        printf '%s\t%s\n' $argv[3]$fields[3] $fields[5]
    end
end

function __mlops_wizard_offer_value
    switch "$argv[1]"
        case - ''
        case folder
            __fish_complete_directories (string replace -- "$argv[2]" '' (commandline -ct))
        case file
            __fish_complete_path (string replace -- "$argv[2]" '' (commandline -ct))
        case '*'
            __mlops_wizard_offer $argv[1] v $argv[2]
    end
end

function __mlops_wizard
    set -l path ''
    set -l takes ''
    set -l place 0
    set -l current (commandline -ct)
    for word in (commandline -opc)[2..]
        if test -n "$takes"
            set takes ''
        else if string match -q -- '-*' $word
            set takes (__mlops_wizard_find "$path|o|$word")
        else if __mlops_wizard_find "$path|c|$word" >/dev/null
            set path (string trim -- "$path $word")
            set place 0
        else
            set place (math $place + 1)
        end
    end
    if test -n "$takes"
        __mlops_wizard_offer_value $takes ''
    else if string match -q -- '--*=*' $current
        set -l option (string split -m 1 = -- $current)[1]
        __mlops_wizard_offer_value (__mlops_wizard_find "$path|o|$option") "$option="
    else if string match -q -- '-*' $current
        __mlops_wizard_offer "$path" o ''
    else
        __mlops_wizard_offer "$path" c ''
        set -l value (__mlops_wizard_find "$path|a|$place"; or __mlops_wizard_find "$path|a|*")
        __mlops_wizard_offer_value "$value" ''
    end
end

complete -c mlops-wizard -e
complete -c mlops-wizard -f -a '(__mlops_wizard)'
